// Where a library itself fails when it gets no memory, and what it would take. Each is by its own frames; what is here is
// counted and told at the end, never passed over. kind: of a finding; frames: in its report or in the callers that got no memory.

export const known = [];

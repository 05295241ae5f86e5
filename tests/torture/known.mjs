// Known failures inside libraries without memory, identified by their stack frames. They are counted and listed at the end.
// kind: of a finding; frames: in its report, or in the callers of the failed allocation.

export const known = [];

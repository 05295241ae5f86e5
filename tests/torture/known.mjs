// Known failures inside libraries without memory, identified by their stack frames. They are counted and listed at the end.
// kind: of a finding; frames: in its report, or in the callers of the failed allocation.

export const known = [
  {
    // The report's allocation and the failed one are both libcrypto's, below loop_new(); the program ends with 71.
    kind: /^leak$/,
    frames: /in CRYPTO_\w+ \(\S*libcrypto[^]*\nlibcrypto\.so[^]*\bepisoded loop_new\b/,
    reason: 'OpenSSL 3.0 loses a few bytes when fetching an algorithm fails for want of memory (property parser)',
  },
  {
    kind: /^leak$/,
    frames: /in 1 object[^]*libwebsockets[^]*\nlibwebsockets\S* \S+ lws_create_vhost\nepisoded (make_context|vhost_find)\b/,
    reason: 'libwebsockets 4.1.6 loses the vhost that it could not finish',
  },
  {
    kind: /^crash$/,
    frames: /abort\+[^]*getaddrinfo\+[^]*\nlibc\.so\.6 \S+ __getdelim\n[^]*\bepisoded look_up\b/,
    reason: 'glibc 2.36 aborts in getaddrinfo() when it cannot read a line of gai.conf for want of memory',
  },
];

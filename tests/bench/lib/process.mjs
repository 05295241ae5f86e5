// The cost of a process so far, from /proc.

import { readdirSync, readFileSync } from 'node:fs';

// CPU time of all its threads, in microseconds; schedstat counts nanoseconds, stat counts 10 ms.
export function cpu_us(pid) {
  let total_ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    total_ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return total_ns / 1000;
}

// utime + stime of the process, including ended threads, in microseconds: coarse, for comparison.
export function ticks_us(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10000;
}

// {all, own, peak}: resident memory, its part without mapped files (libraries are shared with other programs), and the peak
// of resident memory.
export function resident_mb(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (name) => (Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) * 1024) / 1e6;
  return { all: mb('VmRSS'), own: mb('RssAnon'), peak: mb('VmHWM') };
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

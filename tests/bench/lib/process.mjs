// What a process has cost so far, from the kernel's own books.

import { readdirSync, readFileSync } from 'node:fs';

// CPU time of all its threads, in microseconds; schedstat counts nanoseconds where stat counts 10 ms.
export function cpu_us(pid) {
  let total_ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    total_ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return total_ns / 1000;
}

// utime + stime of the process, ended threads included, in microseconds: coarse, to check the other against.
export function ticks_us(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10000;
}

// Memory in MB. private: private dirty pages, what this process alone costs the machine. resident: with the pages of
// libraries, which other programs share and the kernel can drop. peak: the highest resident size so far.
export function memory_mb(pid) {
  const field = (file, name) =>
    (Number(readFileSync(`/proc/${pid}/${file}`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]) * 1024) / 1e6;
  return { private: field('smaps_rollup', 'Private_Dirty'), resident: field('status', 'VmRSS'), peak: field('status', 'VmHWM') };
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

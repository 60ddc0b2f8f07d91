// Loaded into every Node process of a measured command: at its end it notes what the process used.
import { appendFileSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  appendFileSync(process.env.BENCH_USAGE, `${userCPUTime + systemCPUTime} ${maxRSS}\n`);
});

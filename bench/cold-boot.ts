/** Prints the milliseconds that booting a machine takes in a process in which nothing was booted before. */
import { bootOf, MACHINES } from './machines.js';

const boot = bootOf(MACHINES[Number(process.argv[2])]!);
const before = performance.now();
boot();
console.log(performance.now() - before);

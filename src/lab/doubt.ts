/** What is in doubt where a scenario's `cpus` could not be read or is out of range: what is said of CPUs is not a mistake then. */
export const CPUS = 'the number of CPUs';

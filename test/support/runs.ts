const MORE = Number(process.env['TINYBPF_RUNS'] ?? 1);

/** How many random inputs a test tries: `few`, so that all tests stay short, or with TINYBPF_RUNS=10 ten times as many. */
export const runs = (few: number): number => Math.ceil(few * MORE);

import { Option } from 'commander';

export interface ExportOptions {
  readonly export?: 'promela';
  readonly output?: string;
}

export function exportOption(): Option {
  return new Option(
    '-e, --export <format>',
    'do not explore, but write the scenario (the first, if --scenario names none) as a model for another checker: promela, for SPIN',
  ).choices(['promela']);
}

export function outputOption(): Option {
  return new Option('-o, --output <file>', 'with --export: where to, instead of standard output');
}

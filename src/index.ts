/**
 * The library behind the command line. Nothing here touches a file or a clock: `tinybpf/node` reads the shipped labs,
 * guards and kernel files; in a page they come from wherever the page has them.
 */

export {
  type Counterexample,
  type Exploration,
  type ExploreOptions,
  explore,
} from './explore/explore.js';
export { finish as finishExploring, type SearchLimits } from './explore/search.js';
export { type Assembled, type AssembleOptions, assemble } from './isa/assemble.js';
export { decodeProgram } from './isa/decode.js';
export { encodeProgram } from './isa/encode.js';
export { type AnyInsn, type Insn, makeInsn, type UnknownInsn } from './isa/insn.js';
export type { Operation } from './isa/operation.js';
export { type Listing, listProgram, printInsn, type Style } from './isa/print/listing.js';
export { OPERATIONS, operation } from './isa/table.js';
export { type KernelModel, MODELS } from './kernel/model.js';
export {
  Environment,
  guardOfFile,
  modelNamed,
  parseOrThrow as parseLabFile,
  type ShippedFiles,
} from './lab/environment.js';
export type { EventKind, LabEvent } from './lab/events.js';
export { type ReadOptions, readLab } from './lab/mistakes.js';
export { PROPERTIES, type Property } from './lab/properties.js';
export {
  type ActionResult,
  type ExpectResult,
  type ProgramResult,
  type RingResult,
  type RunOptions,
  runScenario,
  type ScenarioResult,
  scenariosOf,
} from './lab/run.js';
export type { Outcome } from './lab/script.js';
export type { GuardWrite, InsnPlace } from './lab/writes.js';
export { type BareResult, type EngineFactory, interpreter, runBare } from './machine/bare.js';
export { describeBare, runBytes } from './machine/conformance.js';
export { DEFAULT_ENGINE, ENGINES } from './machine/engines.js';
export { type Fault, summarizeFault } from './machine/fault.js';
export type { TrapKind } from './machine/trap.js';
export type { TargetEnum, TargetField, TargetStruct, TargetType, TargetTypes } from './object/core/target.js';
export {
  type DissectedInsn,
  type DissectedPart,
  type DissectedSection,
  dissectObject,
} from './object/dissect.js';
export { listSections } from './object/list.js';
export type {
  BpfObject,
  MapShape,
  ObjectData,
  ObjectExtern,
  ObjectMap,
  ObjectProgram,
  Variable,
  VariableType,
} from './object/object.js';
export { readObject } from './object/read.js';
export { parseScript as parsePercpuScript, type ScriptStatement } from './percpu/parse.js';
export { type PercpuOptions, type PercpuRun, runPercpu } from './percpu/run.js';
export { checkLab } from './replay/check.js';
export { parseSchedule } from './replay/parse.js';
export { replay, scheduledScenario } from './replay/replay.js';
export type { Schedule } from './replay/schedule.js';
export { explorationToJson } from './report/explore.js';
export { scenarioToJson } from './report/json.js';
export {
  formatCounterexample,
  formatExploration,
  formatFault,
  formatPercpuRun,
  formatScenario,
  formatTimeline,
} from './report/public.js';
export { JSON_VERSION } from './report/refusal.js';
export type { GuardAst, LabAst, ScenarioAst } from './syntax/lab-ast.js';
export { type Dialect, parseAssembly } from './syntax/parse-program.js';
export { type Diagnostic, InputError } from './text/diagnostic.js';
export { formatDiagnostics } from './text/format.js';
export type { Source, Span } from './text/source.js';
export { Linux, type LinuxOptions } from './verdict/judge.js';

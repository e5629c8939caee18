/** Prints what verifying takes in a process in which nothing was verified before: `cold-verify OBJECT`, or `cold-verify ROUNDS` of a loop. */
import { verify } from '../src/verify/verify.js';
import { loopOf, requestOfText, requestsOf } from './verifier.js';

const what = process.argv[2]!;
const isObject = what.endsWith('.o');
const requests = isObject ? requestsOf(what) : [requestOfText(loopOf(Number(what)))];
const { maxRSS: before } = process.resourceUsage();
const from = performance.now();
const verdicts = requests.map(verify);
const milliseconds = performance.now() - from;
const states = verdicts.reduce((sum, v) => sum + (v.kind === 'not judged' ? 0 : v.statistics.peakStates), 0);
console.log(JSON.stringify({ milliseconds, states, kibibytes: process.resourceUsage().maxRSS - before }));

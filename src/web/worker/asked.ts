/** What few ask for, in one file. */
export { exploreLab } from './explore.js';
export { textOfGuard } from './guard.js';
export { answerLesson } from './lesson.js';
export { runSchedule } from './schedule.js';
export { traceLab } from './trace.js';

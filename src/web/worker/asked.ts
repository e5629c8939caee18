/** What few ask for, in one file. */
export { exploreLab } from './explore.js';
export { answerLesson } from './lesson.js';
export { runSchedule } from './schedule.js';
export { traceLab } from './trace.js';

export { bindSessionPlace, type BindSession } from './binding.ts';
export { demoPassword } from './demo.ts';
export { enter } from './entry.ts';
export { SignedIn } from './model.ts';
export { hashPassword, isGuessable, passwordMatches } from './password.ts';
export { labels } from './protection/model.ts';
export {
  countFailure,
  deactivateUser,
  findLock,
  findLogin,
  findPassword,
  forgetFailures,
  insertPatientUser,
} from './queries.ts';
export { endSession } from './sessions.ts';

export { patientNames, type PatientNames } from './audit/model.ts';
export { bindingHolds, bindSessionPlace, type BindSession } from './binding.ts';
export { demoPassword } from './demo.ts';
export { enter } from './entry.ts';
export { SignedIn } from './model.ts';
export { isGuessable } from './guessable.ts';
export { hashPassword, passwordMatches, type Hashing } from './password.ts';
export { labels } from './protection/model.ts';
export {
  countFailure,
  deactivateUser,
  findAccount,
  findLock,
  findLogin,
  findPassword,
  forgetFailures,
  insertPatientUser,
} from './queries.ts';
export { alive as sessionIsAlive, endSession, findAlive } from './session/queries.ts';

/**
 * For SQL of other plugins: `facility.practitioner.display_name` is how a practitioner is named, and the view
 * `facility.practitioner_card` adds department and specialty.
 */
export { Practitioner, Service } from './model.ts';
export {
  findPractitionerOfUser,
  getPractitioner,
  getService,
  insertLocation,
  touchLocation,
  updateLocation,
} from './queries.ts';

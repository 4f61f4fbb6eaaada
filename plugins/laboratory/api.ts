export { receiveOutsideResults, sendOut, sentOutArrived, type OutsideResult } from './actions/outside.ts';
export { sections } from './model/catalogue.ts';

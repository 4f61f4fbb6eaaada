import { claimResponse, explanationOfBenefit } from './answers.ts';
import { claim } from './claim.ts';
import { coverage } from './coverage.ts';
import { coverageEligibilityRequest, coverageEligibilityResponse } from './eligibility.ts';
import { paymentReconciliation } from './remittance.ts';

/** What is referred to comes before what refers to it. */
export const resources = [
  coverage, coverageEligibilityRequest, coverageEligibilityResponse, claim, claimResponse, explanationOfBenefit, paymentReconciliation,
]; // prettier-ignore

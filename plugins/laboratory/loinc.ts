export const loinc = 'http://loinc.org';

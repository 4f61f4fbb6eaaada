export const staff = ['admin', 'doctor', 'nurse', 'receptionist', 'pharmacist', 'cashier', 'labtech'] as const;
/** Of the expected table. */
export const columns = ['nobody', ...staff, 'patient'] as const;
export type Column = (typeof columns)[number];

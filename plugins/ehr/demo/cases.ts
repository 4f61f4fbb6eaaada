/** What a visit of the demo hospital was about: reason as reception wrote it, diagnosis, note and what is usually prescribed. */
export interface Case {
  department: string;
  reason: string;
  /** ICD-10-CM. */
  code: string;
  /** Stays on the problem list. */
  stays?: true;
  findings: readonly [string, string];
  plan: readonly [string, string];
  /** RxNorm code, dosage, base units. */
  drugs?: readonly (readonly [code: string, dosage: string, quantity: number])[];
}

const family = 'Family medicine';
const cardiology = 'Cardiology';
const paediatrics = 'Paediatrics';

export const cases: readonly Case[] = [
  {
    department: family,
    reason: 'Cough for two weeks',
    code: 'J20.9',
    findings: [
      'Coarse rhonchi on both sides, no fever. Throat clear.',
      'Productive cough, chest without dullness. Saturation normal.',
    ],
    plan: [
      'Fluids, rest, no antibiotics. Return if fever or breathlessness.',
      'Symptomatic treatment. Control in ten days if the cough stays.',
    ],
    drugs: [['313782', '2 tablets every 6 hours as needed', 24]],
  },
  {
    department: family,
    reason: 'Cough for two weeks',
    code: 'J45.909',
    stays: true,
    findings: [
      'Expiratory wheeze on both sides, speaks in full sentences.',
      'Prolonged expiration, worse at night according to the diary.',
    ],
    plan: [
      'Inhaler technique shown. Peak flow diary for two weeks.',
      'Reliever as needed, controller daily. Avoid smoke.',
    ],
    drugs: [
      ['745679', '2 puffs as needed, at most 8 a day', 1],
      ['895994', '2 puffs twice a day, rinse the mouth', 1],
    ],
  },
  {
    department: family,
    reason: 'Blood pressure check',
    code: 'I10',
    stays: true,
    findings: [
      'Home readings around 145/90. Heart sounds regular, no oedema.',
      'Feels well. Pulse regular, no bruits, ankles slim.',
    ],
    plan: [
      'Go on with tablets, less salt, walk daily. Control in three months.',
      'Dose kept. Bring home readings next time. Creatinine and potassium today.',
    ],
    drugs: [
      ['197361', '1 tablet in the morning', 90],
      ['314076', '1 tablet in the morning', 90],
      ['577776', '1 tablet in the morning', 90],
    ],
  },
  {
    department: family,
    reason: 'Back pain',
    code: 'M54.50',
    findings: [
      'Paravertebral tenderness, straight leg raise negative on both sides.',
      'Movement limited by pain, no weakness, reflexes equal.',
    ],
    plan: [
      'Stay active, warmth, physiotherapy if not better in two weeks.',
      'Short course of anti-inflammatory tablets with food. No imaging now.',
    ],
    drugs: [
      ['310965', '2 tablets three times a day with food', 42],
      ['198014', '1 tablet twice a day with food', 20],
    ],
  },
  {
    department: family,
    reason: 'Back pain',
    code: 'M54.2',
    findings: [
      'Neck muscles tense, rotation to the left limited, no radiation.',
      'Tenderness over the trapezius, strength and sensation normal.',
    ],
    plan: ['Exercises shown, screen at eye level, warmth.', 'Pain relief for five days, control if numbness appears.'],
    drugs: [['310965', '2 tablets twice a day with food', 20]],
  },
  {
    department: family,
    reason: 'Tired all the time',
    code: 'D50.9',
    findings: [
      'Pale conjunctivae, heart and lungs normal. Abdomen soft.',
      'Pale, pulse slightly fast. No lymph nodes.',
    ],
    plan: [
      'Iron for three months, look for the source of loss.',
      'Iron tablets on an empty stomach, blood count in six weeks.',
    ],
    drugs: [['310325', '1 tablet every second day on an empty stomach', 45]],
  },
  {
    department: family,
    reason: 'Tired all the time',
    code: 'E03.9',
    stays: true,
    findings: ['Dry skin, slow reflexes, thyroid not enlarged.', 'Weight up, cold hands. Thyroid smooth.'],
    plan: ['Replacement as before, TSH in eight weeks.', 'Tablet half an hour before breakfast. Control with TSH.'],
    drugs: [['966222', '1 tablet before breakfast', 90]],
  },
  {
    department: family,
    reason: 'Tired all the time',
    code: 'R53.83',
    findings: ['Examination normal. Sleeps five hours, much work.', 'No physical findings. Mood even, appetite good.'],
    plan: [
      'Blood count, ferritin, TSH, glucose. Sleep hours discussed.',
      'Laboratory today, control with results in a week.',
    ],
  },
  {
    department: family,
    reason: 'Repeat prescription',
    code: 'E78.5',
    stays: true,
    findings: ['No muscle pain. Last LDL above target.', 'Feels well, takes tablets regularly.'],
    plan: ['Statin in the evening, lipids in three months.', 'Prescription renewed. Diet discussed.'],
    drugs: [
      ['312961', '1 tablet in the evening', 90],
      ['314231', '1 tablet in the evening', 90],
    ],
  },
  {
    department: family,
    reason: 'Repeat prescription',
    code: 'Z76.0',
    findings: ['No complaints. Medicines reviewed together.', 'Feels well. List of medicines is up to date.'],
    plan: ['Renewed for three months.', 'Renewed; one medicine no longer needed was stopped.'],
    drugs: [
      ['197361', '1 tablet in the morning', 90],
      ['197319', '1 tablet daily', 90],
    ],
  },
  {
    department: family,
    reason: 'Sore throat',
    code: 'J02.9',
    findings: ['Throat red, no exudate, nodes small.', 'Red pharynx, runny nose, ears clear.'],
    plan: ['Probably viral: fluids, pain relief, return if worse.', 'No antibiotics. Salt water gargle.'],
    drugs: [['313782', '2 tablets every 6 hours as needed', 24]],
  },
  {
    department: family,
    reason: 'Sore throat',
    code: 'J03.90',
    findings: [
      'Tonsils swollen with exudate, tender nodes, 38.4 °C at home.',
      'White coating on both tonsils, no cough, nodes tender.',
    ],
    plan: [
      'Penicillin for ten days. Stay at home two days.',
      'Antibiotic as score is four. Control if no better in three days.',
    ],
    drugs: [['834102', '1 tablet three times a day for 10 days', 30]],
  },
  {
    department: family,
    reason: 'Headache',
    code: 'G43.909',
    stays: true,
    findings: [
      'Neurological examination normal. Attacks with nausea and light sensitivity.',
      'One-sided pulsating pain, fundi normal.',
    ],
    plan: ['Treat early, keep a diary, regular sleep.', 'Diary for eight weeks, then decide about prevention.'],
    drugs: [
      ['198014', '1 tablet at the start of an attack', 12],
      ['856448', '1 tablet twice a day', 60],
    ],
  },
  {
    department: family,
    reason: 'Headache',
    code: 'R51.9',
    findings: ['Tense neck, no neurological deficit.', 'Pressure on both sides, fundi normal.'],
    plan: [
      'Breaks at work, exercise, simple pain relief on at most ten days a month.',
      'No warning signs. Return if it changes.',
    ],
    drugs: [['313782', '2 tablets as needed, at most 3 days in a row', 20]],
  },
  {
    department: family,
    reason: 'Diabetes control',
    code: 'E11.9',
    stays: true,
    findings: ['Feet: skin intact, pulses and monofilament normal.', 'HbA1c 7.4 %. No hypoglycaemia.'],
    plan: ['Go on. Eye check due this year. HbA1c in three months.', 'Dose up, walk after meals. Kidney values today.'],
    drugs: [['860975', '2 tablets with the evening meal', 180]],
  },
  {
    department: cardiology,
    reason: 'Palpitations',
    code: 'R00.2',
    findings: ['ECG: sinus rhythm. Heart sounds normal.', 'Regular pulse today, no murmur. Thyroid normal.'],
    plan: ['Holter for 48 hours. Less coffee.', 'Event recorder, control with the result.'],
  },
  {
    department: cardiology,
    reason: 'Palpitations',
    code: 'I49.3',
    findings: [
      'Single extrasystoles on the ECG, ventricle of normal size.',
      'Irregular beats on auscultation, echo normal.',
    ],
    plan: ['Harmless; beta blocker if it troubles.', 'Low dose beta blocker, potassium and magnesium today.'],
    drugs: [['866924', '1 tablet twice a day', 60]],
  },
  {
    department: cardiology,
    reason: 'Chest tightness on stairs',
    code: 'I20.9',
    stays: true,
    findings: [
      'ECG without change at rest. Pain on the second floor, gone at rest.',
      'Heart and lungs normal, typical story.',
    ],
    plan: ['Stress test this week. Spray for attacks.', 'Aspirin, beta blocker, CT of the coronary arteries.'],
    drugs: [
      ['705129', '1 puff under the tongue in an attack', 1],
      ['866436', '1 tablet in the morning', 90],
    ],
  },
  {
    department: cardiology,
    reason: 'Follow-up after stent',
    code: 'I25.10',
    stays: true,
    findings: ['No angina, walks 5 km. Groin unremarkable.', 'Free of complaints. ECG unchanged.'],
    plan: ['Two platelet inhibitors until month twelve, then one.', 'Go on as before. LDL target below 55.'],
    drugs: [
      ['309362', '1 tablet daily', 90],
      ['243670', '1 tablet daily', 90],
      ['259255', '1 tablet in the evening', 90],
    ],
  },
  {
    department: cardiology,
    reason: 'Blood pressure hard to control',
    code: 'I11.9',
    stays: true,
    findings: ['Echo: wall slightly thick, function normal.', 'Pressure high on three drugs, potassium normal.'],
    plan: ['Spironolactone added, potassium in a week.', 'Ask about sleep apnoea. 24 h measurement.'],
    drugs: [
      ['313096', '1 tablet in the morning', 90],
      ['310798', '1 tablet in the morning', 90],
    ],
  },
  {
    department: cardiology,
    reason: 'Irregular pulse',
    code: 'I48.0',
    stays: true,
    findings: [
      'ECG: atrial fibrillation, rate 88. No heart failure.',
      'Sinus rhythm today, attack last week recorded.',
    ],
    plan: ['Anticoagulation explained and started. Rate control.', 'Go on with anticoagulation, control of rate.'],
    drugs: [
      ['855332', 'by INR, at first 1 tablet in the evening', 60],
      ['865155', '1 tablet in the morning', 90],
    ],
  },
  {
    department: cardiology,
    reason: 'Swollen ankles',
    code: 'I50.9',
    stays: true,
    findings: ['Pitting oedema to mid-calf, crackles at both bases.', 'Weight up 3 kg in a week, neck veins full.'],
    plan: ['Diuretic up, weigh daily, control in a week.', 'Less salt, daily weight, echo booked.'],
    drugs: [
      ['313988', '1 tablet in the morning', 60],
      ['198189', '1 capsule in the morning', 90],
    ],
  },
  {
    department: cardiology,
    reason: 'Swollen ankles',
    code: 'R60.0',
    findings: ['Oedema of both ankles, heart normal on echo.', 'Varicose veins, no sign of heart failure.'],
    plan: [
      'Compression stockings, legs up, change of the calcium blocker.',
      'Stockings; laboratory for kidney and albumin.',
    ],
  },
  {
    department: paediatrics,
    reason: 'Fever since yesterday',
    code: 'B34.9',
    findings: ['Alert, drinks well. Ears, throat and chest clear.', 'Playful, skin without rash, neck supple.'],
    plan: ['Fluids, fever relief. Return if drowsy or drinking little.', 'Viral; parents know the warning signs.'],
    drugs: [['313820', '1 tablet every 6 hours as needed', 12]],
  },
  {
    department: paediatrics,
    reason: 'Fever since yesterday',
    code: 'R50.9',
    findings: ['No focus found. Urine clear.', 'Good general state, no focus.'],
    plan: ['Control tomorrow if the fever stays.', 'Watch; come back at any time if worse.'],
    drugs: [['198405', '1 tablet every 8 hours as needed', 10]],
  },
  {
    department: paediatrics,
    reason: 'Ear pain',
    code: 'H66.90',
    findings: ['Right eardrum red and bulging.', 'Both eardrums red, left one dull.'],
    plan: ['Antibiotic for seven days, pain relief.', 'Pain relief first; antibiotic if not better in two days.'],
    drugs: [['308182', '1 capsule three times a day for 7 days', 21]],
  },
  {
    department: paediatrics,
    reason: 'Vaccination due',
    code: 'Z23',
    findings: ['Healthy, no fever, last vaccination well tolerated.', 'No contraindication.'],
    plan: [
      'Vaccinated in the left deltoid. Next date in the booklet.',
      'Given as planned; twenty minutes under observation.',
    ],
  },
  {
    department: paediatrics,
    reason: 'Cough at night',
    code: 'J06.9',
    findings: ['Runny nose, chest clear.', 'Throat red, ears clear, no wheeze.'],
    plan: ['Saline nose drops, raise the head of the bed.', 'Rest and fluids; back to school without fever.'],
  },
  {
    department: paediatrics,
    reason: 'Cough at night',
    code: 'J45.20',
    stays: true,
    findings: ['Wheeze after running, none at rest.', 'Prolonged expiration, eczema in the elbow creases.'],
    plan: ['Inhaler with spacer shown to child and parent.', 'Spray before sport; diary until the next visit.'],
    drugs: [['745679', '2 puffs with spacer as needed', 1]],
  },
  {
    department: paediatrics,
    reason: 'Growth check',
    code: 'Z00.129',
    findings: [
      'Weight and height on their curves, development fits the age.',
      'Growing along the 50th centile, speech and movement fit the age.',
    ],
    plan: ['Next check in six months.', 'Food and sleep discussed, next check as planned.'],
  },
];

/** RxNorm or SNOMED CT code of ehr.substance, how bad, what happened. Not evenly dealt: the first ones are more usual. */
export const demoAllergies: readonly (readonly [code: string, criticality: 'low' | 'high', reaction: string])[] = [
  ['70618', 'high', 'Hives and swollen lips'],
  ['418689008', 'low', 'Runny nose, itching eyes'],
  ['5640', 'low', 'Rash'],
  ['300916003', 'high', 'Hives after gloves'],
  ['10180', 'high', 'Blisters'],
  ['232350006', 'low', 'Sneezing in the morning'],
  ['91935009', 'high', 'Anaphylaxis'],
  ['1191', 'low', 'Wheezing'],
  ['91930004', 'low', 'Rash'],
  ['2670', 'low', 'Nausea and itching'],
  ['424213003', 'high', 'Collapse after a sting'],
  ['419263009', 'low', 'Itching eyes'],
];

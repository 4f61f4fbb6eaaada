import type {
  LaboratoryBenchResult,
  LaboratoryChartResult,
  LaboratoryCorrection,
  LaboratoryCriticalResult,
  LaboratoryFlag,
  LaboratoryOrder,
  LaboratoryOrderable,
  LaboratoryRequest,
  LaboratoryResult,
  LaboratorySpecimen,
  LaboratoryTrend,
  LaboratoryWorklist,
} from '../types.ts';

// The laboratory's words without its name: what the server says is made from its API document.
export type Flag = LaboratoryFlag;
export type Correction = LaboratoryCorrection;
export type Orderable = LaboratoryOrderable;
export type LabResult = LaboratoryResult;
export type LabRequest = LaboratoryRequest;
export type ReportStatus = LabRequest['reportStatus'];
export type Order = LaboratoryOrder;
export type BenchResult = LaboratoryBenchResult;
export type Specimen = LaboratorySpecimen;
export type Step = Specimen['step'];
export type Priority = Specimen['priority'];
export type Worklist = LaboratoryWorklist;
export type Tab = Exclude<keyof Worklist['counts'], 'critical'>;
export type CriticalResult = LaboratoryCriticalResult;
export type ChartResult = LaboratoryChartResult;
export type Trend = LaboratoryTrend;

/** What Wharf has to reach, and what it aims at. */
export interface Mark {
  workload: string;
  of: MarkedValue;
  /** The other in a ratio; the first contestant unless told. */
  to?: string;
  /** Wharf at this workload is the other in a ratio. */
  toWorkload?: string;
  must?: number;
  aim?: number;
}

/** `ratio` to another and rates are to be at least the mark, costs at most. */
export type MarkedValue =
  | 'ratio'
  | 'rate'
  | 'cpuPerGB'
  | 'cpuMs'
  | 'copyCpuMs'
  | 'gatewayCpuPerGB'
  | 'gatewayRssMB'
  | 'p99Ms';

export const titles: Record<MarkedValue, string> = {
  ratio: 'ratio',
  rate: 'a second',
  cpuPerGB: 'CPU, s/GB',
  cpuMs: 'CPU of all services, ms a file',
  copyCpuMs: 'CPU of cloud-sync, ms a file',
  gatewayCpuPerGB: 'CPU of the gateway, s/GB',
  gatewayRssMB: 'peak RSS of the gateway, MB',
  p99Ms: 'p99, ms',
};

export const isCost: Record<MarkedValue, boolean> = {
  ratio: false,
  rate: false,
  cpuPerGB: true,
  cpuMs: true,
  copyCpuMs: true,
  gatewayCpuPerGB: true,
  gatewayRssMB: true,
  p99Ms: true,
};

const rows = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9'];

export const marks: readonly Mark[] = [
  { workload: 'W1', of: 'ratio', must: 1.3, aim: 1.6 },
  { workload: 'W2', of: 'ratio', must: 1.3, aim: 1.5 },
  { workload: 'W3', of: 'ratio', must: 1.6, aim: 1.8 },
  { workload: 'W4', of: 'ratio', must: 1.6, aim: 1.75 },
  ...['W1', 'W2', 'W3', 'W4'].map((workload) => ({ workload, of: 'gatewayCpuPerGB' as const, must: 7.5, aim: 6.5 })),
  { workload: 'W5', of: 'ratio', must: 0.4, aim: 0.6 },
  { workload: 'W5', of: 'p99Ms', must: 60, aim: 60 },
  { workload: 'W15', of: 'ratio', must: 0.95 },
  { workload: 'W16', of: 'ratio', must: 1 },
  { workload: 'W17', of: 'ratio', must: 0.6 },
  { workload: 'W18', of: 'ratio', must: 0.9 },
  { workload: 'W6', of: 'ratio', must: 0.4, aim: 0.6 },
  { workload: 'W7', of: 'ratio', must: 0.4, aim: 0.6 },
  { workload: 'W8', of: 'ratio', must: 0.25, aim: 0.5 },
  { workload: 'W9', of: 'ratio', must: 0.5, aim: 0.75 },
  { workload: 'W10', of: 'ratio', must: 3 },
  { workload: 'W10', of: 'ratio', to: 'presigned PUT', aim: 0.8 },
  { workload: 'W10', of: 'cpuPerGB', must: 4.5 },
  { workload: 'W11', of: 'rate', must: 3000, aim: 8000 },
  { workload: 'W5-copying', of: 'ratio', must: 0.7, aim: 0.85 },
  { workload: 'W12', of: 'rate', must: 500, aim: 900 },
  { workload: 'W12', of: 'copyCpuMs', must: 1, aim: 0.5 },
  { workload: 'W12', of: 'cpuMs', must: 3, aim: 2 },
  { workload: 'W12-S3', of: 'copyCpuMs', must: 1.2, aim: 0.7 },
  { workload: 'W12-S3', of: 'cpuMs', must: 3.5, aim: 2.5 },
  { workload: 'W12-far-3', of: 'ratio', toWorkload: 'W12-far-1', must: 2.5, aim: 2.9 },
  { workload: 'W13', of: 'cpuMs', must: 0.8, aim: 0.4 },
  { workload: 'W13-S3', of: 'cpuMs', must: 1, aim: 0.6 },
  ...[...rows, 'W15', 'W16'].map((workload) => ({ workload, of: 'gatewayRssMB' as const, must: 200, aim: 140 })),
];

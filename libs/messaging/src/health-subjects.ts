/** Notices by which gateways learn how all processes are. */
export const HealthSubject = {
  /** Asks all of them. */
  asked: 'health.asked',
  /** What they tell, under a last token that the gateway has chosen. */
  told: 'health.told',
} as const;

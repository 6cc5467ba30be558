/** The host's own metrics. */
export const names = {
  requestSeconds: 'palestra_request_seconds',
  requestsInFlight: 'palestra_requests_in_flight',
  databaseConnections: 'palestra_database_connections',
  databaseHost: 'palestra_database_host_in_use',
  databaseHostUsable: 'palestra_database_host_usable',
  databaseFailovers: 'palestra_database_failovers_total',
  unitRetries: 'palestra_unit_retries_total',
} as const;

export const hostMetrics: ReadonlySet<string> = new Set(Object.values(names));

/** Calls the plugin's handler. */
import type { Exchange } from './exchange.js';

export function handle(exchange: Exchange): void | Promise<void> {
  exchange.handling = true;
  const request = { params: exchange.params, query: exchange.query, body: exchange.body };
  const result = exchange.operation.handler(request, exchange);
  if (!(result instanceof Promise)) {
    exchange.result = result;
    return;
  }
  return result.then((value: unknown) => {
    exchange.result = value;
  });
}

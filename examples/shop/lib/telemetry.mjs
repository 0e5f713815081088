import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CBaggagePropagator } from '@opentelemetry/core';

// What any OpenTelemetry set-up does for a service: baggage that comes in goes out again with every call.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CBaggagePropagator());

/** Runs `work` in the context that came with a request. */
export function withIncoming(headers, work) {
  return context.with(propagation.extract(context.active(), headers), work);
}

/** The headers that carry the active context on. */
export function outgoing() {
  const headers = {};
  propagation.inject(context.active(), headers);
  return headers;
}

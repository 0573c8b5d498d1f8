import type { CatalogMessage, CatalogReply } from './host.ts';
import type { CatalogService } from './service.ts';

/** Answers one message. Errors become replies: the main side decides what to do about them. */
export function dispatch(service: CatalogService, message: CatalogMessage): CatalogReply {
  const { id } = message;
  try {
    return { kind: 'value', id, value: answer(service, message) };
  } catch (error) {
    return { kind: 'error', id, message: error instanceof Error ? error.message : String(error) };
  }
}

function answer(service: CatalogService, message: CatalogMessage): unknown {
  switch (message.call) {
    case 'open': return service.open(message.argument);
    case 'put': return service.put(message.argument);
    case 'timeline': return service.timeline(message.argument);
    case 'tally': return service.tally(message.argument);
    case 'dots': return service.dots(message.argument);
    case 'steps': return service.steps(message.argument);
    case 'checkpoints': return service.checkpoints(message.argument);
    case 'observations': return service.observations(message.argument);
    case 'operations': return service.operations(message.argument);
    case 'agents': return service.agents();
    case 'counts': return service.counts();
    case 'faults': return service.faults();
    case 'save': return service.save();
    case 'close': return service.close();
  }
}

import { Observable } from 'rxjs';
import type { Connection } from '../connections/generated/connection.js';
import type { Client } from '../pipeline/client.js';
import { ConnectionCollector } from './connection-collector.js';

/**
 * Connections as objects. Each subscription is a client of its own: what it is told first of a connection carries all of it.
 * @param add makes a client one of the pipeline, and returns what removes it
 * @param ended settles when there will be no more: with undefined, or with the error that ended it
 */
export function connectionStream(
  add: (client: Client) => () => void,
  ended: Promise<unknown>,
): Observable<readonly Connection[]> {
  return new Observable((subscriber) => {
    const collector = new ConnectionCollector();
    const subscription = collector.batches$.subscribe(subscriber);
    const remove = add({ name: 'subscriber', writer: collector });
    ended.then(
      () => collector.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      remove();
      subscription.unsubscribe();
    };
  });
}

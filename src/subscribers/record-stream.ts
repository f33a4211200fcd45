import { Observable } from 'rxjs';
import type { RecordType } from '../encoding/record-type.js';
import type { Client } from '../pipeline/client.js';
import { RecordCollector } from './record-collector.js';

/**
 * Records of one type as objects. Each subscription is a client of its own: what it is told first of a connection carries all of it.
 * @param add makes a client one of the pipeline, and returns what removes it
 * @param ended settles when there will be no more: with undefined, or with the error that ended it
 */
export function recordStream<T>(
  type: RecordType,
  add: (client: Client) => () => void,
  ended: Promise<unknown>,
): Observable<readonly T[]> {
  return new Observable((subscriber) => {
    const collector = new RecordCollector<T>(type);
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

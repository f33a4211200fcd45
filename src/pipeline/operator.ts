import { type MonoTypeOperatorFunction, Observable } from 'rxjs';

/**
 * An operator that looks at each value and passes it on. What `look` throws ends the stream with that error, at once and to the
 * subscriber; RxJS alone would report it later, from a timer, with the stream still running.
 * @param teardown called when the subscription ends, however it does
 */
export function look<T>(look: (value: T) => void, teardown?: () => void): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      const subscription = source.subscribe({
        next(value) {
          try {
            look(value);
          } catch (error) {
            subscriber.error(error);
            return;
          }
          subscriber.next(value);
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
      if (teardown) subscription.add(teardown);
      return subscription;
    });
}

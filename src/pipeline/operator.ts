import { type MonoTypeOperatorFunction, Observable, Subscriber } from 'rxjs';

/**
 * An operator that looks at each value and passes it on. What `look` throws ends the stream with that error, at once and to the
 * subscriber; RxJS alone would report it later, from a timer, with the stream still running.
 * @param teardown called when the subscription ends, however it does
 */
export function look<T>(look: (value: T) => void, teardown?: () => void): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable<T>((subscriber) => {
      const subscription = source.subscribe(new Look(subscriber, look));
      if (teardown) subscription.add(teardown);
      return subscription;
    });
}

/** A subscriber of its own: RxJS wraps an observer in two further objects, each a call and a guard per value. */
class Look<T> extends Subscriber<T> {
  readonly #target: Subscriber<T>;
  readonly #look: (value: T) => void;

  constructor(target: Subscriber<T>, look: (value: T) => void) {
    super(target);
    this.#target = target;
    this.#look = look;
  }

  protected override _next(value: T): void {
    try {
      this.#look(value);
    } catch (error) {
      this.error(error);
      return;
    }
    this.#target.next(value);
  }
}

import type { Client } from '../context.ts';
import { problem } from '../errors.ts';
import type { Limits } from '../limits.ts';

interface Held {
  count: number;
  cost: number;
}

/** Counts the subscriptions that each client has open, and what an event of all of them would cost. */
export class Tally {
  readonly #limits: Limits;
  readonly #byClient = new Map<string, Held>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** @returns how to take the subscription off again. @throws GraphQLError TOO_MANY_SUBSCRIPTIONS. */
  admit({ address, cost }: Client): () => void {
    const { maxSubscriptions, maxSubscriptionCost } = this.#limits;
    const held = this.#byClient.get(address) ?? { count: 0, cost: 0 };
    const most = `at most ${maxSubscriptions} at once, of a cost of ${maxSubscriptionCost} together`;
    const isTooMuch = held.count >= maxSubscriptions || held.cost + cost > maxSubscriptionCost;
    if (isTooMuch) throw problem('TOO_MANY_SUBSCRIPTIONS', `you have ${held.count} subscriptions: ${most}`);
    this.#byClient.set(address, held);
    held.count += 1;
    held.cost += cost;
    return () => {
      held.count -= 1;
      held.cost -= cost;
      if (held.count === 0) this.#byClient.delete(address);
    };
  }
}

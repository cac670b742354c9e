import type { TotalOrder } from '../../generated/graphql.ts';
import { useText } from '../../i18n/language.ts';

const ORDERS: readonly TotalOrder[] = ['MOST_POSTS', 'NAME'];

/** In which order a list of authors or topics comes. */
export function OrderPicker({ order, onChoose }: { order: TotalOrder; onChoose(order: TotalOrder): void }) {
  const t = useText();
  return (
    <fieldset className="orders">
      <legend className="unseen-text">{t.order}</legend>
      {ORDERS.map((each) => (
        <button key={each} type="button" className="plain" aria-pressed={each === order} onClick={() => onChoose(each)}>
          {t.orders[each]}
        </button>
      ))}
    </fieldset>
  );
}

import { useState } from 'react';
import { ask } from '../data/api/client.ts';
import { ReceiptDocument } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { download } from '../lib/download.ts';
import { Icon } from '../ui/Icon.tsx';

const MEDIA_TYPE = 'application/vnd.stele.receipt+json';

/** The receipt as the node makes it, to the byte, with all the work on top that fits into one. */
export function ReceiptButton({ id }: { id: string }) {
  const t = useText();
  const [trouble, setTrouble] = useState('');
  const fetchReceipt = async () => {
    setTrouble('');
    const receipt = await ask(ReceiptDocument, { id, depth: null }).then(
      ({ transaction }) => transaction?.receipt,
      () => undefined,
    );
    if (receipt) download(`receipt-${id.slice(0, 12)}.json`, receipt, MEDIA_TYPE);
    else setTrouble(receipt === undefined ? t.noAnswer : t.noReceipt);
  };
  return (
    <p className="receipt">
      <button type="button" className="small" onClick={() => void fetchReceipt()}>
        <Icon name="receipt" />
        {t.downloadReceipt}
      </button>
      <span role="status" className="refusal">
        {trouble}
      </span>
    </p>
  );
}

import { useFeedState } from '../data/feed/useFeed.ts';
import { useText } from '../i18n/language.ts';

/** Whether what is shown is live. */
export function Connection() {
  const t = useText();
  const connection = useFeedState((state) => state.connection);
  const refusal = useFeedState((state) => state.refusal);
  return (
    <p className="connection" role="status" data-connection={connection}>
      {connection === 'lost' && refusal ? t.refused(refusal) : t.connections[connection]}
    </p>
  );
}

import { useState } from 'react';
import { useNames } from '../data/keys/identities.ts';
import type { PostFragment } from '../generated/graphql.ts';
import { useText } from '../i18n/language.ts';
import { Icon } from '../ui/Icon.tsx';
import { Composer } from './Composer.tsx';

/** The form in which an author writes the next version of a post. */
export function NewVersion({ post }: { post: PostFragment }) {
  const t = useText();
  const isMine = useNames().some(({ name }) => name === post.author);
  const [isOpen, setOpen] = useState(false);
  if (!isMine || post.supersededBy) return null;
  if (!isOpen)
    return (
      <p className="actions">
        <button type="button" className="small" onClick={() => setOpen(true)}>
          <Icon name="edit" />
          {t.newVersion}
        </button>
      </p>
    );
  return (
    <>
      <p className="hint">{t.newVersionLead}</p>
      <Composer
        target={`version ${post.id}`}
        replyTo={null}
        replaces={post}
        purpose={{ label: t.newVersion, action: t.publishVersion, beginning: post }}
      />
    </>
  );
}

import { Link } from 'wouter';
import { Title } from '../chrome/Title.tsx';
import { useText } from '../i18n/language.ts';

export function NotFound() {
  const t = useText();
  return (
    <>
      <Title>{t.notFound}</Title>
      <p className="lead">
        {t.notFoundLead} <Link href="/search">{t.search}</Link>
      </p>
    </>
  );
}

import { Link } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { useText } from '../i18n/language.ts';
import { Title } from '../ui/Title.tsx';

/** The page for an address that does not exist. */
export function NotFound() {
  const t = useText();
  return (
    <>
      <Title>{t.notFound}</Title>
      <p className="lead">
        {t.notFoundLead} <Link href={ROUTES.search}>{t.search}</Link>
      </p>
    </>
  );
}

/** A file that somebody hands over: a proof is checked, of any other it is said who has put it on the board. */
import { handFile, useHandedFile } from '../../data/handed.ts';
import type { FileReport } from '../../data/proof/readFile.ts';
import { useText } from '../../i18n/language.ts';
import { FileField } from '../../ui/FileField.tsx';
import { useNumbers } from '../../ui/numbers.ts';
import { Title } from '../../ui/Title.tsx';
import { ProofReport } from './ProofReport.tsx';
import { Stamps } from './Stamps.tsx';

/** The page that checks a file: its hash, a receipt or a listing. */
export function CheckPage() {
  const t = useText();
  const handed = useHandedFile();
  return (
    <>
      <Title>{t.checkFile}</Title>
      <p className="lead">{t.checkLead}</p>
      <div className="hand-over">
        <FileField label={t.fileToCheck} onChoose={(file) => file && handFile(file)} />
      </div>
      {handed && (
        <section aria-label={handed.file.name} aria-live="polite">
          <h2>
            <bdi>{handed.file.name}</bdi>
          </h2>
          {handed.reading.state === 'reading' && <Progress {...handed.reading} />}
          {handed.reading.state === 'unreadable' && <p className="alarm">{t.fileUnreadable}</p>}
          {handed.reading.state === 'read' && <Report report={handed.reading.report} />}
        </section>
      )}
    </>
  );
}

function Progress({ bytes, of }: { bytes: number; of: number }) {
  const t = useText();
  const numbers = useNumbers();
  return (
    <p>
      <label>
        {t.readingFile(numbers.bytes(bytes), numbers.bytes(of))} <progress value={bytes} max={of || 1} />
      </label>
    </p>
  );
}

function Report({ report }: { report: FileReport }) {
  const t = useText();
  if (report.kind === 'file') return <Stamps key={report.sha256} file={report} />;
  if (report.kind !== 'invalid') return <ProofReport report={report} />;
  return (
    <p className="alarm">
      {t.proofInvalid} <bdi>{report.message}</bdi> ({report.reason})
    </p>
  );
}

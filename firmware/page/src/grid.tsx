// What to send to the grid company, where the fault is theirs.

import { t, type Pair } from "./language";
import { Card, diagnosisWords, mask } from "./parts";
import { Copy } from "./stateful";
import * as HEALTH from "./texts/health";

const OWN: Record<string, Pair> = {
  never: HEALTH.gridNever, ident_only: HEALTH.gridIdent, no_key: HEALTH.gridKey,
  wrong_key: HEALTH.gridKey, held_low: HEALTH.gridLow };

/** The text for a diagnosis: what it quotes, else our own; "" if the company cannot help. */
export function gridText(meter: { state: string; text_sv: string; text_en: string }): string {
  const quoted = /[”“]([^”]+)”/.exec(diagnosisWords(meter));
  if (quoted) return quoted[1]!;
  const own = OWN[meter.state];
  return own ? t(own) : "";
}

export function GridText(props: { meter: any; meterId?: string }) {
  const text = gridText(props.meter);
  if (!text) return null;
  const { meterId } = props;
  const whole = () => (meterId ? `${text}\n\n${t(HEALTH.gridNumber, meterId)}` : text);
  return (
    <Card title={t(HEALTH.grid)}>
      <p>{t(HEALTH.gridLead)}</p>
      <blockquote>
        <p>{text}</p>
        {meterId && <p>{t(HEALTH.gridNumber, mask(meterId))}</p>}
      </blockquote>
      <p class="buttons"><Copy text={whole} /></p>
      {meterId && <p class="hint">{t(HEALTH.gridWhole)}</p>}
    </Card>
  );
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalCalendar } from '../../../server/catalog/days.ts';
import { SeededRandom } from '../../support/random.ts';

const SEED = Number(process.env['PYI_SEED'] ?? 1);
const HOUR = 3_600_000;

/** The local date of a moment, asked in another way than the code does. */
function dateIn(timeZone: string, time: number): string {
  return new Date(time).toLocaleDateString('sv-SE', { timeZone });
}

describe('LocalCalendar', () => {
  it('has days of 23, 24 and 25 hours where clocks change', () => {
    const length = (timeZone: string, noon: string): number => {
      const { after, before } = new LocalCalendar(timeZone).dayOf(Date.parse(noon));
      return (before - after) / HOUR;
    };
    assert.deepEqual(['2025-03-29', '2025-03-30', '2025-10-26'].map((day) => length('Europe/Berlin', `${day}T12:00:00Z`)), [24, 23, 25]);
    assert.equal(length('Australia/Lord_Howe', '2025-04-06T02:00:00Z'), 24.5, 'half an hour');
    assert.equal(length('UTC', '2025-03-30T12:00:00Z'), 24);
  });

  it('begins and ends days at local midnight, to the minute', () => {
    const calendar = new LocalCalendar('Asia/Kathmandu');
    const midnight = Date.parse('2025-06-01T00:00:00+05:45');
    assert.deepEqual(calendar.dayOf(midnight), { key: '2025-06-01', after: midnight, before: midnight + 24 * HOUR });
    assert.equal(calendar.dayOf(midnight - 1).key, '2025-05-31');
    assert.equal(calendar.dayOf(midnight + 24 * HOUR - 1).key, '2025-06-01');
  });

  it('knows days that begin at one, that a zone left out, and midnights that came twice', () => {
    // Beirut went from 0:00 to 1:00.
    assert.deepEqual(new LocalCalendar('Asia/Beirut').dayOf(Date.parse('2022-03-27T10:00:00Z')).after, Date.parse('2022-03-26T22:00:00Z'));
    // Samoa went over the date line: 29 December was followed by the 31st.
    const samoa = new LocalCalendar('Pacific/Apia').dayOf(Date.parse('2011-12-30T09:59:59Z'));
    assert.deepEqual([samoa.key, samoa.before], ['2011-12-29', Date.parse('2011-12-30T10:00:00Z')]);
    assert.equal(new LocalCalendar('Pacific/Apia').dayOf(samoa.before).key, '2011-12-31');
    // St. John's went back from 0:01 to 23:01: the new day had begun and goes on.
    const calendar = new LocalCalendar('America/St_Johns');
    const first = Date.parse('2010-11-07T02:30:00Z');
    for (const time of [first, first + HOUR / 2, first + 2 * HOUR]) assert.equal(calendar.dayOf(time).key, '2010-11-07');
    assert.equal(calendar.dayOf(first - 1).key, '2010-11-06');
  });

  it('gives every moment to one day, in a row without gaps, where an offset was odd too', () => {
    const random = new SeededRandom(SEED);
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham', 'Pacific/Apia', 'America/Sao_Paulo', 'Africa/Monrovia', 'Asia/Tehran', 'Pacific/Kiritimati'];
    for (let round = 0; round < 200; round++) {
      const timeZone = random.pick(zones);
      const calendar = new LocalCalendar(timeZone);
      const time = random.integer(0, Date.parse('2037-01-01T00:00:00Z'));
      const day = calendar.dayOf(time);
      const told = `${timeZone} ${new Date(time).toISOString()} (seed ${SEED})`;
      assert.ok(day.after <= time && time < day.before, told);
      assert.deepEqual(calendar.dayOf(day.after), day, told);
      assert.deepEqual(calendar.dayOf(day.before - 1), day, told);
      assert.equal(calendar.dayOf(day.before).after, day.before, told);
      assert.equal(calendar.dayOf(day.after - 1).before, day.after, told);
      if (time > Date.parse('2012-01-01T00:00:00Z')) assert.equal(day.key, dateIn(timeZone, time), told);
    }
  });
});

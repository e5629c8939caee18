import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasChromium } from '../support/chromium.js';
import { Opened } from '../support/page.js';

describe.skipIf(!hasChromium())('the benchmark in the page', () => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await Opened.start();
  });
  afterAll(() => opened?.close());

  test('says how far it is, can be cancelled, and ends with a plot and the table', async () => {
    const page = await opened.page();
    await opened.open(page);
    const panel = page.locator('.bench');
    const status = (): Promise<string | null> => panel.locator('.status').textContent();
    await panel.getByRole('button', { name: 'Measure' }).click();
    await expect.poll(status, { timeout: 20_000 }).toMatch(/^measuring trig-/);
    await panel.getByRole('button', { name: 'cancel' }).click();
    expect(await status()).toBe('cancelled');
    await panel.getByRole('button', { name: 'Measure' }).click();
    await expect.poll(status, { timeout: 50_000 }).toBe('done');
    expect(await panel.locator('pre').textContent()).toMatch(/trig-fentry[\s\S]*generic/);
    expect(
      await panel.locator('img').evaluate((img) => (img as HTMLImageElement).naturalWidth),
    ).toBeGreaterThan(300);
    expect(opened.trouble).toEqual([]);
  });
});

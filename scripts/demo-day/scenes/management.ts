import type { Scene } from '../day.ts';

/** Somebody always wants to know how it is going. */
export const management: Scene = {
  name: 'management',
  needs: ['reports'],
  async open(day) {
    const http = day.desk('admin');
    const reports = (await http.get('/api/reports')).items;
    let n = 0;
    day.attend('management', 30, async () => {
      await http.get('/api/dashboard', { query: { from: day.date, to: day.date } });
      const report = reports[n++ % Math.max(1, reports.length)];
      if (report) await http.get(`/api/reports/${report.id}`);
      day.measured.add('reports read');
      return false;
    });
  },
};

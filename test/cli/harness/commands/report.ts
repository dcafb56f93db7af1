import { BaseCommand, parseReportTargets, reportFlag, withEnvironment } from '../../../../src/cli/index.ts';
import { hostileReport } from '../../hostile-report.ts';

/** Ends like `verify` does, with a report full of hostile names. */
export class ReportCommand extends BaseCommand {
  static override flags = withEnvironment({ report: reportFlag() });

  async run(): Promise<object> {
    const { flags } = await this.parse(ReportCommand);
    return this.finishReport(hostileReport({ result: 'fail' }), parseReportTargets(flags.report));
  }
}

import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../auth/authenticated.js';
import { Doctor } from './doctor.js';
import { DoctorDto } from './doctor.dto.js';

@ApiTags('Administration')
@Controller('admin/doctor')
export class DoctorController {
  constructor(private readonly doctor: Doctor) {}

  /**
   * Check the live environment
   * @remarks MinIO, its clock, its known holes at the clients' address (`MINIO_PUBLIC_ENDPOINT`) and at its own, published advisories, the
   * authentication service, the database: a verdict as a whole, then every finding with its remedy, the worst first. Reads only.
   */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: DoctorDto, description: 'The verdict, and every check' })
  examine(): Promise<DoctorDto> {
    return this.doctor.examine();
  }
}

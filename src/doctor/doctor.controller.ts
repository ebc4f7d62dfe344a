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
   * Probe the live surroundings
   * @remarks MinIO, its clock, its known holes at the address that clients are told (`MINIO_PUBLIC_ENDPOINT`) and at its own, published advisories, the authentication service, the database: what was found and what to do. Reads only.
   */
  @Get()
  @Authenticated()
  @ApiOkResponse({ type: DoctorDto, description: 'Every check' })
  examine(): Promise<DoctorDto> {
    return this.doctor.examine();
  }
}

"""Promises about seats and bookings that the database keeps; looked for all the same."""

BREAKS = {
    "seat_of_ended_booking": "select count(*) from seat join booking on booking_id = booking.id"
    " where booking.state in ('cancelled', 'expired')",
    "booking_without_seat": "select count(*) from booking where state = 'confirmed'"
    " and not exists (select from seat where seat.booking_id = booking.id)",
    "hold_without_end": "select count(*) from seat join booking on booking.id = seat.booking_id"
    " where booking.state = 'held' and seat.hold_until is null",
}

"""Where people work: web desk and command line, two doors to the same functions of service/."""

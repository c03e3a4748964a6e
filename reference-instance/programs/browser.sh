# A browser that does nothing: it reads from a pipe that nobody ever writes to.
read -r _

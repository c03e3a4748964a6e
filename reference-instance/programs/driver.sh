# A browser driver that only says that it is there. It ends with the program that asks it.
while read -r question; do
  echo "$question"
done

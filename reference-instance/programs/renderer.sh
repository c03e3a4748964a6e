# A page's renderer that takes memory until the kernel kills it, before any other process.
echo 1000 >/proc/self/oom_score_adj
taken=0123456789abcdef
while :; do
  taken=$taken$taken
done
